#include "lift/telemetry/detail/sensitive_words.h"

namespace lift::detail {
namespace {

using enum Sensitivity;
using enum WordRole;

// Bare "tokens" is left out: rate limiters and language models count them.
constexpr WordGroup kGroups[] = {
    {anywhere, secret,
     "password passwords passwd pwd passphrase passcode secret secrets token credential "
     "credentials authorization cookie cookies pin pincode cvv cvc cvn csc otp totp jwt "
     "csrf xsrf signature apikey accesskey accesskeyid awsaccesskeyid secretkey privatekey "
     "encryptionkey signingkey masterkey sharedkey sshkey authkey accesstoken accesstokens "
     "refreshtoken refreshtokens apitoken apitokens authtoken authtokens idtoken "
     "sessiontoken csrftoken xsrftoken bearertoken clientsecret newpassword oldpassword "
     "userpassword dbpassword sessionid sessionkey jsessionid phpsessid securitycode "
     "verificationcode authcode authorizationcode mfacode track1 track2 trackdata pinblock"},
    {whole, secret, "pass auth sig sid"},
    {anywhere, pii,
     "email emails emailaddress phone phones phonenumber telephone cellphone mobilenumber "
     "msisdn fax ssn socialsecurity socialsecuritynumber taxid taxnumber nationalid "
     "passport driverlicense driverslicense drivinglicence licensenumber dob birthdate "
     "birthday dateofbirth firstname lastname fullname middlename givenname familyname "
     "maidenname legalname surname customername contactname recipientname sendername "
     "beneficiaryname cardholder cardholdername holdername nameoncard accountholder "
     "address addresses streetaddress street postalcode postcode zipcode iban bban "
     "accountnumber accountno acctnumber bankaccount routingnumber sortcode"},
    {whole, pii, "name mobile tel"},
    {anywhere, pan, "pan cardnumber cardno creditcard debitcard ccnumber primaryaccountnumber"},
    {whole, pan, "card"},
    {neutral, open,
     "type kind count length size policy status expiry expires expired expiration ttl "
     "attempt attempts verified required enabled changed updated created valid version "
     "algorithm format rotated last brand model"},
    {technical, open,
     "ip mac server client remote local peer bind host network socket source destination "
     "listen memory"},
};

}  // namespace

std::span<const WordGroup> sensitive_words() noexcept { return kGroups; }

}  // namespace lift::detail
